"""Files: records as tables, their formats, crosswalks, loads, exports and releases."""
