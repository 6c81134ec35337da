"""From a bare machine to working environments; standard library only, as nothing is installed yet."""
