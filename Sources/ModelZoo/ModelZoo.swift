// Architectures written as layers.
