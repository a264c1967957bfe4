/// The documentation's own example of a list.
/// Source: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations
package let documentedPage = """
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
