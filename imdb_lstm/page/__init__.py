"""A finished network as one HTML file, which answers and explains in a browser, without a server.

Its programs, in the order in which they are to be read: ``tokenizer.js``, ``network.js``,
``gradients.js``, ``worker.js``, which answers questions beside the page, and ``page.js``.
"""
