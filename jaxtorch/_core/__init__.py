"""The core: dtypes, storages, layouts, the tape and the one path every op takes."""
