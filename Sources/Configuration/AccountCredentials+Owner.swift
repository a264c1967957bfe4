extension AccountCredentials {
    /// True for an API key without the SID of its account: a key of another account cannot be told from one that rotated.
    package var hidesAccount: Bool { apiKey != nil && accountSID == nil }
}
