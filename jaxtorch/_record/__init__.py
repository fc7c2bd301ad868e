"""The recorder: the stream of operations kept as a graph, and replayed as one program."""
