/// The name of a series of the default account.
func series(_ name: String, _ labels: String = "") -> String {
    "twilio_comms_\(name){account=\"default\",resource=\"messages\"\(labels.isEmpty ? "" : ",")\(labels)}"
}
