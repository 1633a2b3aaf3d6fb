import Headcount
