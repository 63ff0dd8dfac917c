"""What the wheel needs to know of ELF files, and to change in them: libraries, symbols and their versions (64 bits, little-endian)."""
import struct

NEEDED, STRTAB, SYMTAB, RPATH, RUNPATH = 1, 5, 6, 15, 29
VERSYM, VERDEF, VERDEFNUM, VERNEED, VERNEEDNUM, SONAME = 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF, 14
# A symbol's type.
DATA = 1


def hashed(name):
    """The hash by which the loader compares names of versions."""
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ high >> 24) & ~high
    return value


class Elf:
    """A program or a shared library, in memory."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = bytearray(file.read())
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no 64-bit little-endian ELF file")
        start, = self._read("<Q", 32)
        size, count = self._read("<HH", 54)
        headers = [self._read("<IIQQQQQQ", start + size * k) for k in range(count)]
        self._loads = [(header[3], header[2], header[5]) for header in headers if header[0] == 1]
        place = next(header[2] for header in headers if header[0] == 2)
        #: Tag, value and place of each entry of the dynamic section.
        self.entries = []
        while True:
            tag, value = self._read("<QQ", place)
            if tag == 0:
                break
            self.entries.append((tag, value, place))
            place += 16

    def _read(self, form, place):
        return struct.unpack_from(form, self.bytes, place)

    def _all(self, tag):
        return [value for entry, value, _ in self.entries if entry == tag]

    def _one(self, tag, default=None):
        return next(iter(self._all(tag)), default)

    def _place(self, address):
        """Where in the file an address of memory is."""
        return next(address - start + place for start, place, size in self._loads if start <= address < start + size)

    def _text(self, offset):
        start = self._place(self._one(STRTAB)) + offset
        return self.bytes[start : self.bytes.index(0, start)].decode()

    def _offset_of(self, text):
        """Where the table of strings has a text; None if it has not."""
        start = self._place(self._one(STRTAB))
        found = self.bytes.find(b"\0" + text.encode() + b"\0", start - 1)
        return None if found < 0 else found + 1 - start

    @property
    def needed(self):
        return [self._text(offset) for offset in self._all(NEEDED)]

    @property
    def soname(self):
        offset = self._one(SONAME)
        return None if offset is None else self._text(offset)

    def _wanted_versions(self):
        """Of each version that is asked for: its number, the library, its name, and where that is written."""
        place = self._place(self._one(VERNEED)) if self._one(VERNEED) else 0
        for _ in range(self._one(VERNEEDNUM, 0)):
            _, count, library, first, step = self._read("<HHIII", place)
            entry = place + first
            for _ in range(count):
                _, _, number, name, further = self._read("<IHHII", entry)
                yield number, self._text(library), self._text(name), entry
                entry += further
            place += step

    def wanted(self):
        """Of each symbol that others must have: its name, library and version (None where none is asked for), and whether it is data."""
        versions = {number: (library, name) for number, library, name, _ in self._wanted_versions()}
        return [
            (name, *versions.get(number & 0x7FFF, (None, None)), kind == DATA)
            for name, number, kind, is_wanted in self._symbols()
            if is_wanted
        ]

    def _symbols(self):
        # The number of symbols stands nowhere; the table of strings follows theirs.
        start, end = self._place(self._one(SYMTAB)), self._place(self._one(STRTAB))
        numbers = self._place(self._one(VERSYM)) if self._one(VERSYM) else None
        for k in range(1, (end - start) // 24):
            name, info, _, section, _, _ = self._read("<IBBHQQ", start + 24 * k)
            number = self._read("<H", numbers + 2 * k)[0] if numbers else 1
            yield self._text(name), number, info & 15, section == 0

    def search_beside_program_first(self):
        """Looks for libraries where the program says, before LD_LIBRARY_PATH and for the libraries' libraries too: RUNPATH becomes RPATH."""
        tags = [(place, value) for tag, value, place in self.entries if tag in (RPATH, RUNPATH)]
        if [self._text(value) for _, value in tags] != ["$ORIGIN"]:
            raise ValueError(f"{self.path} does not look for libraries beside it")
        struct.pack_into("<Q", self.bytes, tags[0][0], RPATH)

    def ask_for_older(self, version, older):
        """Asks for an older version of all symbols that are asked for in this one; returns their names."""
        names = sorted({name for name, _, wanted, _ in self.wanted() if wanted == version})
        for _, _, name, entry in self._wanted_versions():
            if name == version:
                offset = self._offset_of(older)
                if offset is None:
                    raise ValueError(f"{self.path} has no text {older}")
                struct.pack_into("<I", self.bytes, entry, hashed(older))
                struct.pack_into("<I", self.bytes, entry + 8, offset)
        return names
