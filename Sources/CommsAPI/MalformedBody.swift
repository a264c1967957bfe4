/// A body that is not what the API documents; the text says how, and shows nothing of it.
package struct MalformedBody: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
