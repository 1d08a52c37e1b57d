"""The bundled example chatbot and the guided first run."""
