"""A binary heap for compiled searches: keys and nodes in two arrays the caller owns."""

from __future__ import annotations

import numba


@numba.njit(cache=True, nogil=True)
def push(heap_key, heap_node, size, key, node):  # type: ignore[no-untyped-def]
    """Put `node` in with `key`; returns the new size. The arrays must have room."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap_key[parent] <= key:
            break
        heap_key[i] = heap_key[parent]
        heap_node[i] = heap_node[parent]
        i = parent
    heap_key[i] = key
    heap_node[i] = node
    return size + 1


@numba.njit(cache=True, nogil=True)
def pop(heap_key, heap_node, size):  # type: ignore[no-untyped-def]
    """Take the least key out: key, node, new size."""
    key, node = heap_key[0], heap_node[0]
    size -= 1
    last_key, last_node = heap_key[size], heap_node[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap_key[child + 1] < heap_key[child]:
            child += 1
        if heap_key[child] >= last_key:
            break
        heap_key[i] = heap_key[child]
        heap_node[i] = heap_node[child]
        i = child
    heap_key[i] = last_key
    heap_node[i] = last_node
    return key, node, size
