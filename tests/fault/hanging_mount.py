"""hanging_mount.py DIR COMMAND…: runs the command with a file system at DIR that never answers; needs root and FUSE.

Call it in a mount namespace of its own (unshare --mount). The command holds the only end of the kernel's queue of
requests and does not know it, so the mount is gone with the command.
"""
import ctypes
import os
import sys

fd = os.open("/dev/fuse", os.O_RDWR)
os.set_inheritable(fd, True)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"hanging", sys.argv[1].encode(), b"fuse.hanging", 0, options) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
