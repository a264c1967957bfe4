import CommsAPI
import HTTPClient
import Operations

/// A complete list of the given elements, written as JSON.
func list(_ elements: String...) -> String {
    #"{"operations": [\#(elements.joined(separator: ","))], "pagination": {"next": null}}"#
}

/// An operation without fault but for the members given, which replace its own.
func element(
    id: String = #""comms_operation_1""#, status: String = #""COMPLETED""#, stats: String = #"{"total": 1}"#,
    createdAt: String = #""2024-04-20T14:00:00Z""#, updatedAt: String = #""2024-04-20T14:00:05Z""#
) -> String {
    #"{"id": \#(id), "status": \#(status), "stats": \#(stats), "createdAt": \#(createdAt), "updatedAt": \#(updatedAt)}"#
}

func decode(_ text: String, of resource: Resource = .messages) throws -> Page {
    try PageDecoder(resource: resource).decode(HTTPBody(Array(text.utf8)))
}
