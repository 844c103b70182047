"""CSV files and the workbook."""
