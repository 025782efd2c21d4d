import time, pytest
from tests.factories import *
from core.roles import Role
from django.test import Client
from django.utils import timezone
pytestmark=pytest.mark.django_db
def test_speed():
    owner=a_user(Role.OPERATOR)
    s=a_server(state="ready",seen_at=timezone.now(),checked_at=timezone.now())
    ms=RegisteredModel.objects.bulk_create([RegisteredModel(name=f"m{i}",owner=owner) for i in range(2000)])
    vs=ModelVersion.objects.bulk_create([ModelVersion(model=m,number=n,stage="testing",stage_changed_at=timezone.now(),created_by=owner,signature=SIGNATURE,golden=[{"inputs":[{"name":"X","datatype":"FP32","shape":[1,64],"data":[0.5]*64}],"outputs":[]}]) for m in ms for n in range(1,6)])
    Deployment.objects.bulk_create([Deployment(version=v,server=s,observed="ready",observed_generation=1,ready_at=timezone.now(),smoke_ms=2.0) for v in vs if v.number==5])
    s.index=[{"name":v.triton_name,"version":"1","state":"READY","reason":""} for v in vs if v.number==5]; s.save()
    c=Client(); c.force_login(owner)
    d=Deployment.objects.first()
    for u in ("/fleet/",f"/fleet/{s.pk}/","/deployments/",f"/deployments/D-{d.pk}/","/playground/","/settings/audit/","/settings/tokens/","/api/docs/"):
        c.get(u); t=[]
        for i in range(5):
            a=time.perf_counter(); r=c.get(u); t.append(time.perf_counter()-a)
        print(u,r.status_code,len(r.content),"%.0f ms"%(min(t)*1000),"%.0f"%(max(t)*1000))
