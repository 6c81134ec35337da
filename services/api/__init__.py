"""The API: who may do what with calls, recordings and releases, over HTTP under `/api/v1`."""
