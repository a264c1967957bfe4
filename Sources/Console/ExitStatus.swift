/// Exit statuses, a contract with service managers: restarting after `usage` is no use.
package enum ExitStatus {
    package static let success: Int32 = 0
    /// The program could not start, or what it was to do once failed.
    package static let failure: Int32 = 1
    /// A flag or the environment is wrong.
    package static let usage: Int32 = 2
}
