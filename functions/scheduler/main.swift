import Saga

print(Registry.sagas.count)
