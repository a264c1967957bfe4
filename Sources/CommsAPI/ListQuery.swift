package import Operations

/// Which operations to list.
package struct ListQuery: Hashable, Sendable {
    package let resource: Resource
    package let window: CreationWindow
    /// Nil lists every status.
    package let status: OperationStatus?

    package init(resource: Resource, window: CreationWindow, status: OperationStatus? = nil) {
        self.resource = resource
        self.window = window
        self.status = status
    }

    /// True if an operation can be in the list; the API may include the bounds of a window.
    package func shows(_ operation: Operation) -> Bool {
        status.map { $0 == operation.status } ?? true
            && window.start.map { $0 - .seconds(1) <= operation.createdAt } ?? true
            && window.end.map { operation.createdAt <= $0 + .seconds(1) } ?? true
    }
}
