"""Working with a face set: look at it, sort, sift and edit it, put sets together, carry them elsewhere.

Plain functions over ``Faceset``, for notebooks as much as for ``faceswap-lab faces``. Nothing here deletes a face:
marks, orders and a journal lie in ``faces.sqlite``, pictures keep their names.
"""
