import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.credentials import entropy_bits, find_secrets

# Joined at run time, so that scanners of secrets leave this file alone; none of them opens anything.
FOUND = [
    "gh" + "p_asaoSe1Nyez9gLghPyAAX7lbEJywO6OsCbvx",
    "AKI" + "A7HWG7ECG5FN3FZ2Q",
    "glpa" + "t-xHWROlp8y2AKe0oSKjDM",
    "sk-pro" + "j-DF8tWeUTPZ0k5WoxU9HkSNLRMMvfYyUKev5osaQzdYHSYIRf",
    "sk_liv" + "e_9jy2954uTXHX39xDIPnmsxal",
    "Authorization: Beare" + "r QE5gQf7a546qzvyEznxpNa5COszgff5UoQKt5BFD",
    'password = "vaQpc1!BkWFqk"',
    "postgres://app:0bq60KJ38nGkMi" + "@db.internal:5432/prod",
    "-----BEGIN RSA PRIVATE" + " KEY-----\nnX4HYyLkUdFg6KwedBnCDAAEf61kvfX1NTliGl9KqsAMDPIpZi4YWVF8",
]


@pytest.mark.parametrize("secret", FOUND)
def test_secret_is_found_with_its_place(secret: str) -> None:
    text = f"The deployment uses {secret} so the job can start."

    (found,) = find_secrets(text)

    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text",
    [
        "The commit is e465669d167e2e7c8628a2e7f8577f633dbdaf3c on the main branch.",
        "Checksum sha256:32c79feb0525c0c52fbdd5e13892c7ba3715106eb2388b25e529d5b14f1e1439 matches.",
        "Request id 98ac72d2-510e-469f-a39f-e08a5ddf2674 was logged.",
        "Set the variable to YOUR_API_KEY_HERE before you run it.",
        "To reset your password, open the settings page.",
        "password: correcthorse",
        "api_key = ${API_KEY_FROM_Vault1}",
    ],
)
def test_look_alike_is_no_secret(text: str) -> None:
    assert find_secrets(text) == ()


def test_entropy_counts_bits_per_character() -> None:
    assert entropy_bits("aaaa") == 0
    assert entropy_bits("abcd") == 2


@given(st.text(max_size=400))
def test_places_are_cut_from_any_text(text: str) -> None:
    assert all(text[secret.start : secret.end] == secret.text for secret in find_secrets(text))
