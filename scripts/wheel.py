#!/usr/bin/env python3
"""Makes a wheel of the Python package that contains the program and the libraries that it needs.

The program looks for libraries beside it, before all other places. libnetcdf and HDF5 can also read files from remote servers, for which they
are linked with some thirty more libraries (curl, Kerberos, LDAP, ICU); the program never does, and in their place the wheel has small ones
that say no. What the C library had not yet in its version 2.34 is asked for in the version before.

    scripts/wheel.py PROGRAM FOLDER
"""
import argparse
import base64
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from elf import Elf

REPOSITORY = Path(__file__).resolve().parent.parent
# The first name by which the program asks for libnetcdf (Sources/CNetCDF): one of the system's, whatever its number, comes later.
NETCDF = "libnetcdf.so.40"
# Every Linux that the wheel is for has these.
OF_THE_SYSTEM = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
# Libraries of remote access, which are stood in for.
ABSENT = re.compile(r"lib(curl|curl-gnutls|xml2|crypto)\.so\.\d+")
# What the wheel is allowed to ask of the C library: RHEL 9's. The two functions that need more, hypot and hypotf, are the same functions
# under their older version.
NEWEST, TOO_NEW, OLDER = (2, 34), "GLIBC_2.35", "GLIBC_2.2.5"
# And of the C++ library: that of GCC 11.
NEWEST_CXX = (3, 4, 29)
# What an absent library answers, where null or 0 would not do: libnetcdf reads the protocols of curl as soon as it is loaded.
SPECIAL = {
    "curl_version_info": "void *curl_version_info(int now) {\n"
    "  static const char *const none[] = {0};\n"
    '  static struct { int age; const char *version; unsigned number; const char *host; int features; const char *ssl;\n'
    '    long ssl_number; const char *zip; const char *const *protocols; } about = {0, "0", 0, "", 0, 0, 0, 0, none};\n'
    "  return &about;\n}",
    "xmlFree": "void free(void *);\nvoid (*xmlFree)(void *) = free;",
    "curl_easy_perform": "int curl_easy_perform(void *handle) { return 2; }",
}


def libraries():
    """Where the loader finds each library of this machine."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    found = {}
    for name, path in re.findall(r"^\s+(\S+) \([^)]*x86-64[^)]*\) => (\S+)$", listed, re.MULTILINE):
        found.setdefault(name, path)
    return found


def stand_in(name, wanted, folder):
    """Makes a library with the symbols that others want of one that is absent."""
    by_version = {}
    for symbol, version in wanted:
        by_version.setdefault(version, set()).add(symbol)
    source, versions = Path(folder, "standin.c"), Path(folder, "standin.map")
    symbols = sorted({symbol for symbol, _ in wanted})
    lines = [SPECIAL.get(symbol, f"long {symbol}(void) {{ return 0; }}") for symbol in symbols]
    source.write_text("\n".join(lines) + "\n")
    versions.write_text(
        "".join(f"{version} {{ global: {'; '.join(sorted(of))}; }};\n" for version, of in sorted(by_version.items())))
    path = Path(folder, name)
    subprocess.run(
        ["clang", "-w", "-O2", "-fPIC", "-fno-builtin", "-shared", f"-Wl,-soname,{name}", f"-Wl,--version-script={versions}",
         "-Wl,-s", "-o", path, source], check=True)
    return path


def bundle(program, folder):
    """Puts the program and its libraries into a folder; returns the libraries' places on this machine."""
    here = libraries()
    netcdf = max((name for name in here if re.fullmatch(r"libnetcdf\.so\.\d+", name)), key=lambda name: int(name.split(".")[-1]))
    elf = Elf(program)
    elf.search_beside_program_first()
    files, wanted, places = {"mcmc-run": elf}, {}, {}
    rest = [name for name in elf.needed if name not in OF_THE_SYSTEM] + [netcdf]
    while rest:
        name = rest.pop()
        if name in OF_THE_SYSTEM or name in files:
            continue
        if ABSENT.fullmatch(name):
            wanted.setdefault(name, set())
            continue
        places[name] = here[name]
        files[name] = Elf(here[name])
        rest += files[name].needed
    for elf in files.values():
        for symbol, library, version, _ in elf.wanted():
            if library in wanted:
                wanted[library].add((symbol, version))
    older = {name: elf.ask_for_older(TOO_NEW, OLDER) for name, elf in files.items()}
    folder.mkdir()
    for name, elf in files.items():
        path = folder / (NETCDF if name == netcdf else name)
        path.write_bytes(elf.bytes)
        path.chmod(0o755)
        if older[name]:
            print(f"  {name}: {', '.join(older[name])} asked for as {OLDER}")
    with tempfile.TemporaryDirectory() as scratch:
        for name, symbols in wanted.items():
            shutil.copy(stand_in(name, symbols, scratch), folder / name)
    for path in sorted(folder.iterdir()):
        print(f"  {path.stat().st_size / 1e6:6.2f} MB  {path.name}")
    return places


def system_version(folder):
    """The version of the C library that the files ask for."""
    versions = [(2, 17)]
    for path in folder.iterdir():
        for _, _, version, _ in Elf(path).wanted():
            library, _, number = (version or "").partition("_")
            if library == "GLIBC":
                versions.append(tuple(map(int, number.split(".")[:2])))
            elif library == "GLIBCXX" and tuple(map(int, number.split("."))) > NEWEST_CXX:
                sys.exit(f"wheel: {path.name} asks for {version}")
    return max(versions)


def notices(places, folder):
    """Copies the libraries' licences, as their packages have them."""
    folder.mkdir(parents=True)
    for place in places.values():
        for path in (place, os.path.realpath(place), os.path.realpath(place).removeprefix("/usr")):
            owner = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True).stdout.split(":")[0]
            text = Path("/usr/share/doc", owner, "copyright")
            if owner and text.exists():
                shutil.copy(text, folder / f"{owner}.txt")
                break
        else:
            sys.exit(f"wheel: there is no licence of {place}")


def pack(folder, wheel):
    """Writes the wheel, with the checksum of every file."""
    record = next(folder.glob("*.dist-info")) / "RECORD"
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != record)
    lines = []
    for path in files:
        data = path.read_bytes()
        checksum = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path.relative_to(folder)},sha256={checksum},{len(data)}")
    record.write_text("\n".join([*lines, f"{record.relative_to(folder)},,"]) + "\n")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in [*files, record]:
            entry = zipfile.ZipInfo(str(path.relative_to(folder)))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.parent.name == "bin" else 0o100644) << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if sys.platform != "linux" or platform.machine() != "x86_64":
        sys.exit("wheel: only made on Linux for x86_64")
    with tempfile.TemporaryDirectory() as scratch:
        source, plain, folder = Path(scratch, "source"), Path(scratch, "plain"), Path(scratch, "wheel")
        shutil.copytree(REPOSITORY / "python", source, ignore=shutil.ignore_patterns("build", "dist", "*.egg-info", "tests", "notebooks"))
        subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
             "--no-index", "--wheel-dir", plain, source], check=True)
        with zipfile.ZipFile(next(plain.glob("*.whl"))) as archive:
            archive.extractall(folder)
        places = bundle(arguments.program, folder / "mcmc_run/bin")
        major, minor = system_version(folder / "mcmc_run/bin")
        if (major, minor) > NEWEST:
            sys.exit(f"wheel: glibc {major}.{minor} would be needed, which is newer than {NEWEST}")
        about = next(folder.glob("*.dist-info"))
        notices(places, about / "licenses" / "libraries")
        tag = f"py3-none-manylinux_{major}_{minor}_x86_64"
        (about / "WHEEL").write_text(f"Wheel-Version: 1.0\nGenerator: {Path(__file__).name}\nRoot-Is-Purelib: false\nTag: {tag}\n")
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for old in arguments.folder.glob("*.whl"):
            old.unlink()
        wheel = arguments.folder / f"{about.name.removesuffix('.dist-info')}-{tag}.whl"
        pack(folder, wheel)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB, glibc {major}.{minor} or newer")


if __name__ == "__main__":
    main()
