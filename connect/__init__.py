"""What an organisation outside can begin from: small clients that know CONTRACT.md and nothing else of this project."""
