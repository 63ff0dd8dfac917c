"""The version of this package, which is the program's: a test compares them."""

__version__ = "0.2.0"
