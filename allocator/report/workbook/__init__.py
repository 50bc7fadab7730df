"""The workbook: sheets, forms that finance files, their formats."""
