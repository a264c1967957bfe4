internal import Glibc

/// True where everybody on the machine may read a file; false where it is not there.
package func isReadableByEverybody(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
}

/// The mode of a file, like `0644`, where everybody on the machine may read it, or the group of a file that is this
/// process's own; nil where nobody else may. A file that is another's is read by way of its group, which is as it should be.
package func modeWhereOthersMayRead(_ path: String) -> String? {
    mode(of: path, whereOthersMay: S_IROTH, ownGroupMay: S_IRGRP)
}

/// The mode of a folder, like `0755`, where everybody on the machine may list it or open what is in it, or the group of a
/// folder that is this process's own; nil where nobody else may, or where there is no such folder.
package func modeWhereOthersMayEnter(_ folder: String) -> String? {
    mode(of: folder, whereOthersMay: S_IROTH | S_IXOTH, ownGroupMay: S_IRGRP | S_IXGRP)
}

private func mode(of path: String, whereOthersMay others: mode_t, ownGroupMay group: mode_t) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let bits = others | (status.st_uid == geteuid() ? group : 0)
    guard status.st_mode & bits != 0 else { return nil }
    let digits = String(status.st_mode & 0o7777, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// The folder that a file is in, as an absolute path with a slash at its end; relative where the present folder is gone.
package func folder(of path: String) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    guard !folder.hasPrefix("/"), let present = getcwd(nil, 0) else { return folder }
    defer { free(present) }
    let parent = String(cString: present)
    return (parent.hasSuffix("/") ? parent : parent + "/") + folder
}
