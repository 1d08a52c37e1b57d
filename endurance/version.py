"""The version of what is running, read from the installed package."""

from importlib.metadata import version

VERSION = version("endurance")
