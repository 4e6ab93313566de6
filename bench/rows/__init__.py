"""The rows, one file for each; a file has a list ROWS, and files run in the order of their names."""

import importlib
import pathlib


def all_rows():
    files = sorted(pathlib.Path(__file__).parent.glob("[0-9]*.py"))
    return [row for file in files for row in importlib.import_module(f"rows.{file.stem}").ROWS]
