import Operations

/// The place of an operation in the list, which begins with the greatest: the newest by the creation that is shown.
struct ListPosition: Comparable, Sendable {
    /// A whole second, as it is shown.
    let created: Timestamp
    let number: Int

    static func < (a: ListPosition, b: ListPosition) -> Bool {
        (a.created, a.number) < (b.created, b.number)
    }
}
