# A Homebrew formula that builds the clone which it stands in. From the repository's root:
#   brew install --HEAD --formula ./packaging/mcmc-run.rb
class McmcRun < Formula
  desc "Draws neural networks from maximum-entropy distributions"
  homepage "https://arxiv.org/abs/2605.25607"
  license "GPL-3.0-or-later"
  head "file://#{File.expand_path("..", __dir__)}", using: :git

  depends_on "pkgconf" => :build
  depends_on "gsl"
  depends_on "netcdf"
  uses_from_macos "swift" => :build, since: :sonoma
  uses_from_macos "zlib"

  def install
    system "swift", "build", "--disable-sandbox", "-c", "release", "--product", "mcmc-run"
    system "scripts/install.sh", "install", ".build/release/mcmc-run", prefix
  end

  test do
    system bin/"mcmc-run", "init", "spec.json", "--task", "inputSelection", "--network", "gainModulatedLinear"
    system bin/"mcmc-run", "run", "spec.json", "--draws", "100"
  end
end
