import Foundation

/// Lets this thread open files as somebody who is not root from now on, and gives this somebody a folder and what is in it
/// (https://man7.org/linux/man-pages/man2/setfsuid.2.html). Does nothing for another user, to whom permissions apply anyhow.
package func becomeFileUser(of folder: String) throws {
    guard geteuid() == 0 else { return }
    let user: uid_t = 65_534
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) + ["."] {
        guard chown(folder + "/" + name, user, user) == 0 else { throw NeverHappened(description: "chown \(name)") }
    }
    // Swift's Glibc module leaves its header out.
    guard let function = dlsym(nil, "setfsuid") else { throw NeverHappened(description: "setfsuid") }
    let become = unsafeBitCast(function, to: (@convention(c) (uid_t) -> Int32).self)
    _ = become(user)
    // It returns the user before, whether it has worked or not.
    guard become(.max) == user else { throw NeverHappened(description: "setfsuid(\(user))") }
}
