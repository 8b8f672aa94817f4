"""How fast things are: `make bench`. Nothing here fails a build; tests hold correctness, this tells speed."""
