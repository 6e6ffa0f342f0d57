import joblib
import train
