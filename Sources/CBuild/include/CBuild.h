#pragma once

/// The commit the package was built from, or "unknown".
const char *cbuild_revision(void);
