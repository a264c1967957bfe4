/// An opaque cursor of the API. It can contain the account SID, so nothing that prints or reflects shows it.
package struct PageToken: Hashable, Sendable {
    let value: String

    package init(_ value: String) {
        self.value = value
    }
}

extension PageToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<page token>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
