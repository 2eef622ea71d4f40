"""Whether an article survives the visual editor: made-up texts go through the codec and are rendered by the server.

python -m tests.round_trip --documents 20000 --seed 7
"""
