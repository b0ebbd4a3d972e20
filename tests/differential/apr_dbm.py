"""Writes a DBM file as Apache's httxt2dbm does, with the library that Apache itself reads it with (apr-util, SDBM)."""

import ctypes
import sys

READ_WRITE_CREATE = 3  # APR_DBM_RWCREATE
DEFAULT_PERMISSIONS = 0x0FFF


class Datum(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("size", ctypes.c_size_t)]


def write(path, entries):
    """Makes `path`.pag and `path`.dir."""
    apr, util = ctypes.CDLL("libapr-1.so.0"), ctypes.CDLL("libaprutil-1.so.0")
    pool, file = ctypes.c_void_p(), ctypes.c_void_p()
    assert apr.apr_initialize() == 0
    assert apr.apr_pool_create_ex(ctypes.byref(pool), None, None, None) == 0
    status = util.apr_dbm_open_ex(
        ctypes.byref(file), b"sdbm", str(path).encode(), READ_WRITE_CREATE, DEFAULT_PERMISSIONS, pool
    )
    assert status == 0, f"{path}: APR's error {status}"
    util.apr_dbm_store.argtypes = [ctypes.c_void_p, Datum, Datum]
    util.apr_dbm_close.argtypes = [ctypes.c_void_p]
    for key, value in entries.items():
        assert util.apr_dbm_store(file, *(Datum(text.encode(), len(text.encode())) for text in (key, value))) == 0
    util.apr_dbm_close(file)
    apr.apr_pool_destroy.argtypes = [ctypes.c_void_p]
    apr.apr_pool_destroy(pool)


if __name__ == "__main__":  # apr_dbm.py FILE KEY VALUE [KEY VALUE]...
    write(sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2])))
