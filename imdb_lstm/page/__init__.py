"""A finished network as one HTML file, which answers and explains in a browser, without a server.

Its programs, in the order in which they are to be read: ``tokenizer.js``, ``recurrent.js``,
``network.js``, ``gradients.js`` and ``model.js``, which ``worker.js`` runs beside the page; then
what is seen, ``elements.js``, ``reading.js``, ``figures.js`` and ``several.js``, which ``page.js``
starts.
"""
