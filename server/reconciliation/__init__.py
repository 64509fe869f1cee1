"""The W3C Reconciliation Service API 0.2 at `/reconcile`: other people's names matched to our things.

`requests` reads and bounds what is asked, `candidates` finds what may be meant, `matching` says how well
each fits, `extending` fetches values of what was matched, `suggesting` completes what somebody types.
"""
