// E-BFMI: does fresh momentum move the energy as widely as the target's energies spread?

extension Diagnostics {
  /// E-BFMI of each chain: mean of (E_t - E_{t-1})² over the variance of E.
  ///
  /// About 1 or more for well-mixing Hamiltonian kernels; below 0.3 the momentum refreshment explores the energies,
  /// and with them the tails, slowly. NaN for fewer than 2 draws, constant energies, or a NaN. Betancourt 2016,
  /// arXiv:1604.00695.
  ///
  /// - Parameter energies: `[chain, draw]`, in nats; chains may differ in length.
  public static func eBFMI(energies: [[Double]]) -> [Double] {
    energies.map { energies in
      guard energies.count > 1, !isConstant([energies]) else { return .nan }
      let chain = inOwnUnit([energies]).values[0]
      let jumps = zip(chain.dropFirst(), chain).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return jumps / Double(chain.count - 1) / variance(chain)
    }
  }
}
