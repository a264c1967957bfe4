/// The name of a series of an account, by itself the default one.
func series(
    _ name: String, _ labels: String = "", account: String = "default", resource: String = "messages"
) -> String {
    "twilio_comms_\(name){account=\"\(account)\",resource=\"\(resource)\"\(labels.isEmpty ? "" : ",")\(labels)}"
}
