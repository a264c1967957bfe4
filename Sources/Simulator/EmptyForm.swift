/// The form of a page without operations.
package enum EmptyForm: String, CaseIterable, Sendable {
    case array, null
    /// Without the member `operations`.
    case missing
    /// Status 204, without a body.
    case noContent = "no_content"
}
