#include "CBuild.h"

// Given by Package.swift from the git checkout; a macro, since Swift conditions cannot carry a value.
#ifndef REVISION
#define REVISION "unknown"
#endif

const char *cbuild_revision(void) { return REVISION; }
