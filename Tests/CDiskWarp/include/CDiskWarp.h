#pragma once
// Nothing to call: the library is put before the C library's files by LD_PRELOAD. See diskwarp.c.
