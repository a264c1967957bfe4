import CommsAPI
import HTTPClient
import Operations

/// The documentation's own example of a list.
/// Source: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations
let documentedPage = """
    {
      "operations": [
        {
          "id": "comms_operation_01h9krwprkeee8fzqspvwy6nq8",
          "status": "SCHEDULED",
          "stats": {
            "total": 10,
            "recipients": 10,
            "queued": 5,
            "sent": 3,
            "scheduled": 2,
            "delivered": 3,
            "read": 1,
            "undelivered": 1,
            "unaddressable": 0,
            "failed": 0,
            "canceled": 0,
            "attempts": 12
          },
          "createdAt": "2024-04-20T14:00:00Z",
          "updatedAt": "2024-04-20T15:30:00Z"
        }
      ],
      "pagination": {
        "next": "eyJwYWdlVG9rZW4iOiAiY29tbXNfb3BlcmF0aW9uXzAxaG5rcnducHJrZWVlOGZ6cXNwdnd5Nm5xOSJ9",
        "self": "eyJwYWdlVG9rZW4iOiAiY29tbXNfb3BlcmF0aW9uXzAxaG5rcnducHJrZWVlOGZ6cXNwdnd5Nm5xOCJ9"
      }
    }
    """

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
