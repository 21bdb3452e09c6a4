"""Tables for office programs: written (导出) and read (导入)."""

from adapters.sheets.reading import MOST_BYTES, Book, Grid, Value, read
from adapters.sheets.writing import Cell, Sheet, letters, to_book, to_csv, to_xlsx

__all__ = ["MOST_BYTES", "Book", "Cell", "Grid", "Sheet", "Value", "letters", "read", "to_book", "to_csv", "to_xlsx"]
