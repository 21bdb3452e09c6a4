"""Tables for office programs: written (导出) and read (导入)."""

from adapters.sheets.reading import Book, Grid, Value, read
from adapters.sheets.writing import Cell, Sheet, letters, to_book, to_csv, to_xlsx

__all__ = ["Book", "Cell", "Grid", "Sheet", "Value", "letters", "read", "to_book", "to_csv", "to_xlsx"]
