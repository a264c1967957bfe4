internal import Glibc

/// True where everybody on the machine may read a file; false where it is not there.
package func isReadableByEverybody(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
}

/// The mode of a file, and the change that is needed, like `mode 0644, which lets others read it; chmod 600`, where everybody
/// on the machine may read it, or the group of a file that is this process's own; nil where nobody else may.
package func opennessOfFile(_ path: String) -> String? {
    openness(of: path, all: S_IROTH, ownGroup: S_IRGRP, change: "chmod 600")
}

/// The same of a folder, where everybody on the machine may list it or open what is in it, or the group of a folder that is
/// this process's own; nil also where there is no such folder.
package func opennessOfFolder(_ folder: String) -> String? {
    openness(of: folder, all: S_IROTH | S_IXOTH, ownGroup: S_IRGRP | S_IXGRP, change: "chmod 700")
}

/// This process comes to something that is another's by way of its group, which is as it should be, and has to stay so.
private func openness(of path: String, all: mode_t, ownGroup: mode_t, change: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let isOwn = status.st_uid == geteuid()
    guard status.st_mode & (all | (isOwn ? ownGroup : 0)) != 0 else { return nil }
    let digits = String(status.st_mode & 0o7777, radix: 8)
    let mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let others = "chmod o-rwx, and see that its group is this process's"
    return "mode \(mode), which lets others read it; \(isOwn ? change : others)"
}

/// The folder that a file is in, as an absolute path with a slash at its end; relative where the present folder is gone.
package func folder(of path: String) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    guard !folder.hasPrefix("/"), let present = getcwd(nil, 0) else { return folder }
    defer { free(present) }
    let parent = String(cString: present)
    return (parent.hasSuffix("/") ? parent : parent + "/") + folder
}
