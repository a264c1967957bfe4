#pragma once
// Nothing to call: the library is put before the C library's clocks by LD_PRELOAD. See timewarp.c.
