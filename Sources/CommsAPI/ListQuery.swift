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
}
