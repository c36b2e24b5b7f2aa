"""How good it is, measured: a module for each row of the table of performance, `p<N>_<name>`."""
