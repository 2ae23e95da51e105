"""Files that a stranger may have written, read without running code and within bounds.

What a file declares, a size or a shape, is compared with what it holds before memory is taken for
it. See docs/reliability.md, "Models from strangers".
"""
