"""Opens the project of a GeoPackage in QGIS and says how long that took. By the system's Python: open_qgis.py FILE."""

import json
import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import QgsApplication, QgsProject

application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
begin, begin_cpu = time.perf_counter(), time.process_time()
opened = project.read(f"geopackage:{sys.argv[1]}?projectName=kansenkaart")
wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
valid = bool(project.mapLayers()) and all(one.isValid() for one in project.mapLayers().values())
sys.stdout.write(json.dumps({"opened": opened and valid, "wall_s": wall, "cpu_s": cpu}))
sys.stdout.flush()
# Python tears Qt down in the wrong order and would crash after the work is done.
os._exit(0)
