"""Reading tables of texts from people's own files, as they come.

``open`` finds format and dialect of one file, ``find`` the files that a user means, ``rows`` says
what a table is. Everything is found from the content, and told in ``Table.description``.
"""
