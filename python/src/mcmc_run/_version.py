"""The version of this package, which is the program's: a test compares them."""

__version__ = "0.1.0"
